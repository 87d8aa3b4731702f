import { Injectable, Module } from '@nestjs/common';

/** Applies decorators to a method of a class, which plain JavaScript has no syntax for yet. */
export function decorateMethod(target, key, ...decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(target.prototype, key);
  for (const decorator of decorators) decorator(target.prototype, key, descriptor);
}

/** A class that Nest makes an instance of, with a name of its own as in an application. */
export function toProvider(target, name) {
  Object.defineProperty(target, 'name', { value: name });
  Injectable()(target);
  return target;
}

export function createModule(metadata) {
  class AppModule {}
  Module(metadata)(AppModule);
  return AppModule;
}
