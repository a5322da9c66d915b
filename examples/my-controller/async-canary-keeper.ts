/**
 * The same controller with promises: it looks at everything, again and again, and brings each canary to what its deployment is.
 */
import type { Client, Environment } from 'quorate/async';
import type { Deployment, Fence } from 'quorate/model';

const ROLE = 'canary-keeper';
const SUFFIX = '-canary';
const PAUSE_MS = 200;

export default async function main({ client, campaign }: Environment): Promise<void> {
  for (;;) {
    const leadership = await campaign(ROLE);
    console.log(`leads under token ${leadership.fence.token}`);
    while (leadership.leading) {
      try {
        await keepCanaries(client, leadership.fence);
      } catch (error) {
        console.warn(error);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

async function keepCanaries(client: Client, fence: Fence): Promise<void> {
  const { items } = await client.list('Deployment');
  const byName = new Map(items.map((deployment) => [deployment.metadata.name, deployment]));
  for (const [name, deployment] of byName) {
    if (name.endsWith(SUFFIX)) await removeIfLeftOver(client, fence, deployment, byName);
    else await bringUpToDate(client, fence, deployment, byName.get(name + SUFFIX));
  }
}

async function bringUpToDate(
  client: Client,
  fence: Fence,
  { metadata, spec }: Deployment,
  canary: Deployment | undefined,
): Promise<void> {
  const wanted = { replicas: 1, image: spec.image };
  if (canary === undefined) await client.create('Deployment', metadata.name + SUFFIX, wanted, { fence });
  else if (canary.spec.image !== spec.image)
    await client.update('Deployment', canary.metadata.name, canary.metadata.resourceVersion, { spec: wanted, fence });
}

async function removeIfLeftOver(
  client: Client,
  fence: Fence,
  { metadata }: Deployment,
  byName: ReadonlyMap<string, Deployment>,
): Promise<void> {
  if (!byName.has(metadata.name.slice(0, -SUFFIX.length)))
    await client.delete('Deployment', metadata.name, { uid: metadata.uid, fence });
}
