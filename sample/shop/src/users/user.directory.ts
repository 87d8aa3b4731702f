import { Injectable, NotFoundException } from '@nestjs/common';
import { OnEvent } from 'nestjs-event-drivers';
import { type NewUser, UserCreated } from './user-created.event.js';

export interface User extends NewUser {
  readonly id: string;
  readonly isWelcomed: boolean;
}

@Injectable()
export class UserDirectory {
  private readonly users = new Map<string, User>();

  /** By the default driver, `sync`: once `dispatch()` has resolved, the user is listed. */
  @OnEvent(UserCreated, { order: -1 })
  list(event: UserCreated): void {
    const user = event.getPayload();
    this.users.set(user.id, { ...user, isWelcomed: false });
  }

  get(id: string): User {
    const user = this.users.get(id);
    if (user === undefined) throw new NotFoundException(`There is no user ${id}`);
    return user;
  }

  markAsWelcomed(id: string): void {
    this.users.set(id, { ...this.get(id), isWelcomed: true });
  }
}
