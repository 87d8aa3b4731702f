import { Module } from '@nestjs/common';
import { ExternalPaymentsController } from './external-payments.controller.js';

/** It is reached over HTTP only; nothing in the shop imports anything from here. */
@Module({ controllers: [ExternalPaymentsController] })
export class ExternalModule {}
