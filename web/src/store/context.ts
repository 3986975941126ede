// The stores, for components: each under its class, so that a component names those which it uses and can import.
import { getContext, setContext } from "svelte";

type StoreClass<Store> = abstract new (...args: never[]) => Store;

/** Call it when a component is created. */
export function use<Store>(store: StoreClass<Store>): Store {
  return getContext<Store>(store);
}

export function provideStores(stores: Iterable<object>): void {
  for (const store of stores) setContext(store.constructor, store);
}
