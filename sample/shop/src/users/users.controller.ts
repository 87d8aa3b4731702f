import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { EventService } from 'nestjs-event-drivers';
import { BodyPipe, email, text } from '../http/body.pipe.js';
import { type NewUser, UserCreated } from './user-created.event.js';
import { type User, UserDirectory } from './user.directory.js';

@Controller('users')
export class UsersController {
  private lastId = 0;

  constructor(
    private readonly events: EventService,
    private readonly directory: UserDirectory,
  ) {}

  @Post()
  async create(@Body(new BodyPipe<NewUser>({ name: text, email })) user: NewUser): Promise<User> {
    const id = String(++this.lastId);
    await this.events.dispatch(new UserCreated({ id, ...user }));
    return this.directory.get(id);
  }

  @Get(':id')
  get(@Param('id') id: string): User {
    return this.directory.get(id);
  }
}
