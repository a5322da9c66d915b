/** What an image does when it runs, told by the name of its repository: some never serve, some end again and again. */
export type Behaviour = 'serves' | 'never-ready' | 'crashes';

/** Names of repositories whose images do not serve; a reference is `registry/<repository>@<digest>`. */
export const BROKEN_REPOSITORY = 'broken';
export const CRASHING_REPOSITORY = 'crashing';

export function behaviourOf(image: string): Behaviour {
  const repository = image.slice(image.indexOf('/') + 1).split(/[@:]/)[0];
  if (repository === BROKEN_REPOSITORY) return 'never-ready';
  return repository === CRASHING_REPOSITORY ? 'crashes' : 'serves';
}
