import { Injectable } from '@nestjs/common';
import { ContextIdFactory, DiscoveryService, MetadataScanner, ModuleRef } from '@nestjs/core';
import type { IBaseEvent } from '../event/event.interface.js';
import { HANDLE } from './event-listener.decorator.js';
import type { Listener, ListenerInvoker } from './listener.js';
import { getClassSubscriptions, getSubscriptions, type Subscription } from './listener-metadata.js';

type InstanceWrapper = ReturnType<DiscoveryService['getProviders']>[number];

type Method = (this: unknown, event: IBaseEvent, signal?: AbortSignal, transaction?: unknown) => unknown;

/** Finds the listeners among the providers and controllers of an application. Changes nothing. */
@Injectable()
export class ListenerExplorer {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  explore(): Listener[] {
    const seen = new Set<unknown>();
    return [...this.discovery.getProviders(), ...this.discovery.getControllers()].flatMap((wrapper) =>
      this.exploreProvider(wrapper, seen),
    );
  }

  /** An instance may be there under several tokens, through an alias for one; it listens once. */
  private exploreProvider(wrapper: InstanceWrapper, seen: Set<unknown>): Listener[] {
    const isStatic = wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
    const instance: unknown = isStatic ? wrapper.instance : undefined;
    const owner = isStatic ? getClassOf(instance) : getClassOfScoped(wrapper);
    if (owner === undefined || (isStatic && seen.has(instance))) return [];
    const listeners = this.exploreClass(owner).map(({ key, id, subscriptions }): Listener => ({
      id,
      owner,
      label: `${owner.name}.${key} (${wrapper.host?.name ?? 'unknown module'})`,
      subscriptions,
      invoke: isStatic ? invokeOn(instance as object, key) : resolveAndInvoke(wrapper, key),
    }));
    if (isStatic && listeners.length > 0) seen.add(instance);
    return listeners;
  }

  /** Of all the methods of an application, few listen: nothing is made for the others. */
  private exploreClass(owner: Function): FoundMethod[] {
    const prototype = owner.prototype as Record<string, Function>;
    const found: FoundMethod[] = [];
    for (const key of this.scanner.getAllMethodNames(prototype)) {
      const subscriptions = getSubscriptions(prototype[key]!);
      if (subscriptions.length > 0) found.push(...groupById(key, `${owner.name}.${key}`, subscriptions));
    }
    const ofClass = getClassSubscriptions(owner);
    return ofClass.length === 0 ? found : [...found, ...groupById(HANDLE, owner.name, ofClass)];
  }
}

interface FoundMethod {
  readonly key: string;
  readonly id: string;
  readonly subscriptions: readonly Subscription[];
}

/** Several decorators on one method are one listener, unless they are given ids of their own. */
function groupById(key: string, defaultId: string, subscriptions: readonly Subscription[]): FoundMethod[] {
  const byId = Map.groupBy(subscriptions, ({ options }) => options.id ?? defaultId);
  return [...byId].map(([id, group]) => ({ key, id, subscriptions: group }));
}

function getClassOf(instance: unknown): Function | undefined {
  if (typeof instance !== 'object' || instance === null) return undefined;
  const prototype: unknown = Object.getPrototypeOf(instance);
  const owner = (prototype as { constructor?: unknown } | null)?.constructor;
  return typeof owner === 'function' && owner !== Object ? owner : undefined;
}

/** A factory of a scoped provider does not tell the class of what it will make. */
function getClassOfScoped(wrapper: InstanceWrapper): Function | undefined {
  const { metatype, inject } = wrapper;
  return typeof metatype === 'function' && !Array.isArray(inject) && typeof metatype.prototype === 'object'
    ? metatype
    : undefined;
}

/** The method is looked up at each call, so that one that a test replaces is heard. */
function invokeOn(instance: object, key: string): ListenerInvoker {
  const methods = instance as Record<string, Method>;
  return (event, signal, transaction) => methods[key]!(event, signal, transaction);
}

/** For a scoped listener the event is the request: each delivery has a context of its own. */
function resolveAndInvoke(wrapper: InstanceWrapper, key: string): ListenerInvoker {
  return async (event, signal, transaction) => {
    const moduleRef = wrapper.host!.getProviderByKey<ModuleRef>(ModuleRef).instance;
    const contextId = ContextIdFactory.getByRequest(event);
    moduleRef.registerRequestByContextId(event, contextId);
    const instance = await moduleRef.resolve<Record<string, Method>>(wrapper.token, contextId, {
      strict: true,
    });
    await instance[key]!(event, signal, transaction);
  };
}
