/** The order in which a client tries the servers of a service. */

/** Those of the region first, each group in the order given. Server names carry their region as a word: `store-east-1`. */
export function nearestFirst(endpoints: readonly string[], region: string): readonly string[] {
  const isNear = (name: string): boolean => name.split('-').includes(region);
  return [...endpoints.filter(isNear), ...endpoints.filter((name) => !isNear(name))];
}
