/** Probes of services: what users must have met with at least once in a swarm. */
import type { Boundary, Property } from '../../../../sim/index.ts';
import { acceptedWriteBoundary, type AcceptedWrite } from '../../../regions/serving/methods.ts';
import { toldUserBoundary, type ToldUser } from '../../../regions/user.ts';

export function serviceProbes(): readonly Property[] {
  return [primaryReplaced, usersWentWithout];
}

const primaryReplaced: Property = {
  id: 'platform/primary-replaced',
  kind: 'sometimes',
  title: 'a primary takes writes after another one has',
  monitor: (report) => {
    const epochs = new Map<string, number>();
    return {
      sees: (what) => what === (acceptedWriteBoundary as Boundary),
      crossed: (_process, what, body) => {
        if (what !== (acceptedWriteBoundary as Boundary)) return;
        const { service, epoch } = body as AcceptedWrite;
        if (epoch > (epochs.get(service) ?? epoch)) report.hit();
        epochs.set(service, epoch);
      },
    };
  },
};

/** Errors are counted and bounded by nothing: some must be seen, or the users of a swarm are not where its faults are. */
const usersWentWithout: Property = {
  id: 'platform/users-went-without',
  kind: 'sometimes',
  title: 'a user who has been served before is not',
  monitor: (report) => {
    const served = new Set<string>();
    return {
      sees: (what) => what === (toldUserBoundary as Boundary),
      crossed: ({ name }, what, body) => {
        if (what !== (toldUserBoundary as Boundary)) return;
        const { service, operation, error } = body as ToldUser;
        const wish = `${name} ${operation} ${service}`;
        if (error === '') served.add(wish);
        else if (served.has(wish)) report.hit();
      },
    };
  },
};
