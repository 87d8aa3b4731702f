import type { ModulesContainer } from '@nestjs/core';
import { Scope } from '@nestjs/common';
// Not part of the public API, but the only key under which a wrapper tells whether its instance has
// been constructed without working out, and remembering, a scope that may not be known yet.
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';

type Module = ModulesContainer extends Map<string, infer TModule> ? TModule : never;
type InstanceWrapper = Module['providers'] extends Map<unknown, infer TWrapper> ? TWrapper : never;

/** Whether every provider and controller that is created at start-up has been created. */
export function isInstantiated(modules: ModulesContainer): boolean {
  for (const module of modules.values()) {
    for (const wrapper of [...module.providers.values(), ...module.controllers.values()]) {
      if (!isConstructed(wrapper) && !isScoped(wrapper, new Set())) return false;
    }
  }
  return true;
}

function isConstructed(wrapper: InstanceWrapper): boolean {
  return wrapper.getInstanceByContextId(STATIC_CONTEXT).isResolved === true;
}

/** Created per request or per consumer, or depends on something that is; as far as is known by now. */
function isScoped(wrapper: InstanceWrapper, seen: Set<InstanceWrapper>): boolean {
  if (seen.has(wrapper)) return false;
  seen.add(wrapper);
  if (wrapper.scope === Scope.REQUEST || wrapper.scope === Scope.TRANSIENT) return true;
  const dependencies = [
    ...(wrapper.getCtorMetadata() ?? []),
    ...(wrapper.getPropertiesMetadata() ?? []).map((property) => property.wrapper),
    ...(wrapper.getEnhancersMetadata() ?? []),
  ];
  return dependencies.some((dependency) => dependency !== undefined && isScoped(dependency, seen));
}
