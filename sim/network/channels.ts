/** The client's side of calls to many processes. */
import { Channel, type ChannelOptions } from './channel.ts';
import type { Os } from '../process/process.ts';

/** A channel to each process that is called, made when it is called for the first time. */
export class Channels {
  private readonly os: Os;
  private readonly options: ChannelOptions;
  private readonly byProcess = new Map<string, Channel>();

  constructor(os: Os, options: ChannelOptions = {}) {
    this.os = os;
    this.options = options;
  }

  to(process: string): Channel {
    let channel = this.byProcess.get(process);
    if (channel === undefined) {
      channel = new Channel(this.os, [process], this.options);
      this.byProcess.set(process, channel);
    }
    return channel;
  }
}
