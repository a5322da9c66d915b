/** What the provider's DNS knows: record sets by plan, and which of them each name leads to; a pure function of its log. */
import type { ResolveResponse, ZoneAction, ZoneEntry } from './methods.ts';

interface Name {
  readonly record: string;
  active: number;
  readonly plans: Map<number, readonly string[]>;
}

export class Zone {
  private readonly names = new Map<string, Name>();
  private readonly releasedServices = new Set<string>();
  /** By name that is looked up, the service whose plan was activated last. */
  private readonly records = new Map<string, string>();
  nextSequence = 1;

  apply({ sequence, action, service, record, number, targets }: ZoneAction): void {
    this.nextSequence = sequence + 1;
    if (action === 'release') {
      this.names.delete(service);
      this.releasedServices.add(service);
      if (this.records.get(record) === service) this.records.delete(record);
      return;
    }
    const name = this.name(service, record);
    if (action === 'put') name.plans.set(number, targets);
    else if (action === 'delete') name.plans.delete(number);
    else {
      name.active = number;
      this.records.set(record, service);
    }
  }

  released(service: string): boolean {
    return this.releasedServices.has(service);
  }

  entry(service: string): ZoneEntry | null {
    const name = this.names.get(service);
    return name === undefined
      ? null
      : { service, record: name.record, active: name.active, plans: [...name.plans.keys()].sort((a, b) => a - b) };
  }

  entries(): readonly ZoneEntry[] {
    return [...this.names.keys()].map((service) => this.entry(service) as ZoneEntry);
  }

  /** Null when the name leads nowhere: it has no plan, or the record set of its plan is gone. */
  resolve(record: string): ResolveResponse | null {
    const name = this.names.get(this.serviceOf(record));
    const targets = name?.plans.get(name.active);
    return name === undefined || targets === undefined ? null : { number: name.active, targets };
  }

  /** Empty when the name was never activated. */
  serviceOf(record: string): string {
    return this.records.get(record) ?? '';
  }

  private name(service: string, record: string): Name {
    let name = this.names.get(service);
    if (name === undefined) {
      name = { record, active: 0, plans: new Map() };
      this.names.set(service, name);
    }
    return name;
  }
}
