/** The API for writing scenarios: what `import … from 'quorate'` gives. */
export { defineScenario, type Draw, type Scenario, type ScenarioOptions, type Setup } from './define-scenario.ts';
export { defects } from './defects.ts';
export { FileError } from './load/written-file.ts';
export { plan, runSpec, type Plan, type RunRequest } from './run-spec.ts';
export { readDesign } from './load/design-schema.ts';
export { readScenario } from './load/declarative.ts';
