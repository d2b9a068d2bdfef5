import { Agent, get } from 'node:http';

/** What was asked for, and with which headers. */
type Asked = readonly [path: string, headers: Readonly<Record<string, string>>];

/** The status of the answer to each question, in their order: sixteen at a time, on connections that are kept. */
export async function statusesOf(url: string, asked: readonly Asked[]): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const statuses: number[] = [];
  const left = asked.entries();
  const ask = async () => {
    for (const [number, [path, headers]] of left) {
      statuses[number] = await new Promise((resolve, reject) => {
        get(`${url}${path}`, { agent, headers }, (answer) => {
          answer.resume().once('end', () => resolve(answer.statusCode!));
        }).once('error', reject);
      });
    }
  };
  await Promise.all(Array.from({ length: 16 }, ask));
  agent.destroy();
  return statuses;
}
