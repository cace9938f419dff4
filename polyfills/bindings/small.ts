import type { BindingFactory } from '../context.ts';

/**
 * Bindings of facilities that a browser does not have. Each answers "off" to the questions that the library asks at every
 * start; what it cannot do throws by itself (see realm/bindings.ts).
 */
export const createMksnapshot: BindingFactory = ({ facts }) => ({
  ...facts.bindings['mksnapshot']?.constants(),
  isBuildingSnapshotBuffer: new Uint8Array(1),
  setSerializeCallback() {},
  setDeserializeCallback() {},
  setDeserializeMainFunction() {},
});

export const createPermission: BindingFactory = () => ({ has: () => true });

export const createSea: BindingFactory = () => ({
  isSea: () => false,
  isExperimentalSeaWarningNeeded: () => false,
});

export const createTraceEvents: BindingFactory = () => {
  const enabled = new Uint8Array(1);
  return {
    available: false,
    getCategoryEnabledBuffer: () => enabled,
    isTraceCategoryEnabled: () => false,
    getEnabledCategories: () => undefined,
    setTraceCategoryStateUpdateHandler() {},
    trace() {},
  };
};

export const createInternalOnlyV8: BindingFactory = ({ errors }) => ({
  queryObjects() {
    throw errors.coded(
      Error,
      'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
      'v8.queryObjects is not available in this container: a browser does not tell which objects its heap holds',
    );
  },
});

export const createDiagnosticsChannel: BindingFactory = () => ({
  subscribers: new Uint32Array(1),
  linkNativeChannel() {},
});
