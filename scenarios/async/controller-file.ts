/**
 * The diagnostics channel that is told the path of each file of a controller's as it is read, for whoever must
 * know all that a scenario is made of.
 */
export const CONTROLLER_FILE = 'quorate:controller-file';
