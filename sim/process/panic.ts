/** Thrown by a program that cannot go on: its process ends, and its supervisor may start it again. */
export class Panic extends Error {
  override name = 'Panic';
}
