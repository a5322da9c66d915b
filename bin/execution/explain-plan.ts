/** Explains a plan that fails: carries out the runs that `replay/explain` asks for, one after the other. */
import { setImmediate } from 'node:timers/promises';
import type { Inputs } from '../../replay/recording.ts';
import { explain } from '../../replay/explain/explain.ts';
import type { Question } from '../../replay/explain/counterfactual.ts';
import type { Failed } from '../../replay/shrink/trials.ts';
import { runSpec, type Plan } from '../../scenarios/run-spec.ts';
import { createRun, type Run } from '../../sim/index.ts';
import { failedAt, failureOf, finish, LONGER } from './failed-run.ts';
import type { Contact, Explaining, Job } from './job.ts';
import type { LoadedScenario } from './load-scenario.ts';

type ExplainJob = Extract<Job, { readonly do: 'explain' }>;

export async function explainPlan(job: ExplainJob, loaded: LoadedScenario, contact: Contact): Promise<Explaining> {
  const { scenario, userFile } = loaded;
  const inputs: Inputs = { ...job.plan, scenario: scenario.name, userFile, interventions: [] };
  const inquiry = explain(inputs, { budget: job.budget });
  const executor = new Executor(inputs, loaded, contact);
  let runs = 0;
  let next = inquiry.next();
  while (next.done !== true) {
    // Short runs never come to the end of a slice, and signals must be heard all the same.
    await setImmediate();
    const answer = await executor.answer(next.value);
    if (contact.cancelled.aborted) return { explanation: null, interrupted: true };
    if (next.value.ask === 'try') contact.progress({ step: ++runs, timeUs: 0, endUs: 0, asked: { runs, budget: job.budget } });
    next = inquiry.next(answer);
  }
  return { explanation: next.value, interrupted: false };
}

class Executor {
  private readonly inputs: Inputs;
  private readonly loaded: LoadedScenario;
  private readonly contact: Contact;
  /** What the run fails at as it was recorded, and how long that takes. */
  private failure: string | null = null;
  private events = 0;

  constructor(inputs: Inputs, loaded: LoadedScenario, contact: Contact) {
    this.inputs = inputs;
    this.loaded = loaded;
    this.contact = contact;
  }

  async answer(question: Question): Promise<Failed | null> {
    return question.ask === 'watch' ? this.watch(question.attach) : this.attempt(question);
  }

  private async watch(attach: (run: Run) => void): Promise<Failed | null> {
    const run = createRun(runSpec(this.loaded.scenario, this.inputs as Inputs & Plan));
    attach(run);
    await finish(run, Number.MAX_SAFE_INTEGER, this.contact);
    this.failure = failureOf(run);
    this.events = run.step;
    return this.failure === null ? null : failedAt(run);
  }

  private async attempt({ inputs, omitted }: Extract<Question, { readonly ask: 'try' }>): Promise<Failed | null> {
    const spec = runSpec(this.loaded.scenario, inputs as Inputs & Plan);
    // Others would end the run before the one in question had its say.
    const properties = spec.properties.filter(({ id }) => id === this.failure);
    let run: Run;
    try {
      run = createRun({ ...spec, properties, omitted });
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
    await finish(run, this.events * LONGER, this.contact);
    return failureOf(run) === this.failure ? failedAt(run) : null;
  }
}
