/** What a scenario asks for cannot be: a mistake in what was written, not in what a program did. The message is one line. */
export class InputError extends RangeError {
  override name = 'InputError';
}
