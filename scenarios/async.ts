/**
 * Controllers written with promises, unchanged, as programs of a simulation:
 * `asyncController({ program: loadController(…), … })`.
 */
export { asyncController, type AsyncControllerOptions, type AsyncControllerView } from './async/controller.ts';
export { loadController, type ControllerProgram, type ControllerSource } from './async/modules.ts';
export type { ApiError, Client, Cloud, Environment, Leadership, Watched } from './async/environment.ts';
