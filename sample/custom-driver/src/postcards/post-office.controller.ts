import { Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { PostOffice } from './post-office.service.js';

/** Lets something go wrong. */
@Controller('post-office')
export class PostOfficeController {
  constructor(private readonly postOffice: PostOffice) {}

  @Post('close')
  @HttpCode(HttpStatus.OK)
  close(): { isOpen: boolean } {
    this.postOffice.setOpen(false);
    return { isOpen: false };
  }

  @Post('open')
  @HttpCode(HttpStatus.OK)
  open(): { isOpen: boolean } {
    this.postOffice.setOpen(true);
    return { isOpen: true };
  }
}
