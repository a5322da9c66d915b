/** Puts a stepper on a real terminal: ink draws, keys come in, the screen of before comes back at the end. */
import type { Stepper } from './stepper.ts';
import type { ViewState } from './view-state.ts';

/** Both ends must be a terminal that can move its cursor. */
export function isTerminal(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY && process.env['TERM'] !== 'dumb';
}

/** Runs until the reader quits; returns the state at the end. */
export async function openTerminal(stepper: Stepper): Promise<ViewState> {
  // Ink asks only for FORCE_COLOR, and once, when it is loaded; https://no-color.org says NO_COLOR.
  if (process.env['NO_COLOR'] && process.env['FORCE_COLOR'] === undefined) process.env['FORCE_COLOR'] = '0';
  const [
    { createElement, useEffect, useSyncExternalStore },
    { render, useApp, useInput, useWindowSize },
    { FrameView },
    { view },
    { keyNames },
  ] = await Promise.all([
    import('react'),
    import('ink'),
    import('./frame-view.ts'),
    import('./frame.ts'),
    import('./key-name.ts'),
  ]);

  function Screen(): ReturnType<typeof createElement> {
    const { exit } = useApp();
    const state = useSyncExternalStore(stepper.subscribe, () => stepper.state);
    const { columns, rows } = useWindowSize();
    useInput((input, key) => {
      for (const name of keyNames(input, key)) stepper.dispatch({ type: 'key', key: name });
    });
    useEffect(() => {
      stepper.dispatch({ type: 'resize', columns, rows });
    }, [columns, rows]);
    useEffect(() => {
      if (state.exit !== null) exit();
    }, [exit, state.exit]);
    return createElement(FrameView, { lines: view({ ...state, columns, rows }, stepper.model) });
  }

  stepper.start();
  // Ink holds back every frame when it sees CI; whoever has a terminal there wants to see it.
  const app = render(createElement(Screen), {
    alternateScreen: true,
    exitOnCtrlC: false,
    interactive: true,
    patchConsole: false,
  });
  try {
    await app.waitUntilExit();
  } finally {
    stepper.stop();
  }
  return stepper.state;
}
