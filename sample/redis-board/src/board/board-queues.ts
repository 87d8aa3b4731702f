import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { type BullBoardInstance, InjectBullBoard } from '@bull-board/nestjs';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDriver, QueueDriver } from 'nestjs-event-drivers';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';

/** Puts the queues of a driver on the board. */
@Injectable()
export class BoardQueues implements OnApplicationBootstrap {
  constructor(
    @InjectDriver('orders') private readonly driver: QueueDriver,
    @InjectBullBoard() private readonly board: BullBoardInstance,
  ) {}

  /** Not before this: there are queues once the engine is open, which it is since `onModuleInit()`. */
  onApplicationBootstrap(): void {
    const engine = this.driver.getEngine();
    // A test may have put another in its place.
    if (!(engine instanceof BullMqWorkerCreator)) return;
    for (const name of this.driver.getQueues()) {
      this.board.addQueue(new BullMQAdapter(engine.getQueue(name)));
    }
  }
}
