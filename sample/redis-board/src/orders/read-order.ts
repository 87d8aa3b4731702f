import { BadRequestException } from '@nestjs/common';
import type { Order } from './order-placed.event.js';

/** @throws BadRequestException if the body of a request is none */
export function readOrder(body: unknown): Order {
  const { item, quantity } = (body ?? {}) as Partial<Record<keyof Order, unknown>>;
  if ((item !== 'teapot' && item !== 'kettle') || !Number.isSafeInteger(quantity) || Number(quantity) < 1) {
    throw new BadRequestException(
      "the body must be JSON with an item, which is 'teapot' or 'kettle', and a quantity from 1",
    );
  }
  return { item, quantity: Number(quantity) };
}
