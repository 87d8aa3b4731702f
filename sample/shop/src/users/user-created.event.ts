import { BaseEvent, Event } from 'nestjs-event-drivers';

export interface NewUser {
  readonly name: string;
  readonly email: string;
}

@Event({ name: 'user.created' })
export class UserCreated extends BaseEvent<NewUser & { readonly id: string }> {}
