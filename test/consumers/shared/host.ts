/** The application that the session module comes into: one with scheduled jobs of its own. */
import { Injectable, Module, type INestApplication } from '@nestjs/common';
import { Cron, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { SESSION_CLEANUP_JOB } from 'nestjs-session-manager';
import { strict as assert } from 'node:assert';

@Injectable()
class HostJob {
  runs = 0;

  @Cron('* * * * * *')
  run() {
    this.runs += 1;
  }
}

@Module({ imports: [ScheduleModule.forRoot()], providers: [HostJob] })
export class HostModule {}

/** Checks that the clean-up is in the host's registry; the answer, that the host's own job did not run twice. */
export function watchHost(app: INestApplication): () => void {
  assert.ok(app.get(SchedulerRegistry).getCronJob(SESSION_CLEANUP_JOB));
  const job = app.get(HostJob);
  const start = { time: performance.now(), runs: job.runs };
  return () => {
    const runs = job.runs - start.runs;
    const seconds = (performance.now() - start.time) / 1000;
    assert.ok(
      runs > 0 && runs < seconds + 1.5,
      `the host's job of every second ran ${runs} times in ${seconds} s`,
    );
  };
}
