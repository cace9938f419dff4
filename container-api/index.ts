/** The package's entry: everything that a page may use. */
export { type StoreInfo, type StoreReport, Stores, type StoreSpace } from './stores.ts';
export { OpenAgentsContainer } from './container.ts';
export {
  ArgumentError,
  ContainerError,
  type ContainerErrorCode,
  RemoteRuntimeError,
  SystemError,
} from './errors.ts';
export type {
  Dirent,
  FilePath,
  FileSystemAPI,
  FileSystemSpace,
  FileSystemWatcher,
  Stats,
} from './file-system.ts';
export type { DirectoryNode, FileNode, FileSystemTree, SymlinkNode } from './file-tree.ts';
export { capabilitiesOfHost, type HostCapabilities } from './host.ts';
export type {
  BootOptions,
  Capabilities,
  ContainerEvents,
  ContainerLimits,
  ExecOptions,
  ExecResult,
  NetworkCapabilities,
  PortInfo,
  ProcessCapabilities,
  ProcessInfo,
  SpawnOptions,
  TerminalDimensions,
  Unsubscribe,
} from './options.ts';
export type { ContainerConnection } from './preview/connection.ts';
export { isPreviewMessage, type PreviewMessage, PreviewMessageType } from './preview/messages.ts';
export type { PreviewScriptOptions } from './preview/previews.ts';
export { reloadPreview } from './preview/reload.ts';
export type { MountIndexEntry, MountSource, NodeFilesCapabilities } from './mounts.ts';
export type { NodeLikeFiles, NodeLikeHandle, NodeLikePromises } from './node-files.ts';
export type { PageActionHandlers, PageActions } from './page-actions.ts';
export type { ContainerProcess } from './process.ts';
export type { OffloadQuestion, RemoteEvents, RemoteObjectStore, RemoteRuntime } from './remote.ts';
export type {
  OffloadPolicy,
  RemoteObject,
  RemoteObjectMetadata,
  RemoteProcess,
  RemoteSettings,
  RemoteDifferences,
  RemoteStatus,
  RemoteStoreStatus,
  RemoteSyncReport,
  RemoteTransfer,
  RemoteTransferOptions,
  RemoteTransferReport,
} from '../src/protocol/remote.ts';
export type {
  ExportFormat,
  ExportOptions,
  Mountable,
  MountOptions,
  ProgressOptions,
  TreeProgress,
} from './trees.ts';
export { type HostReport, inspectHost, prepareStaticHost, type StaticHostOptions } from './static-host.ts';
export type { TerminalSession, XtermLike } from './terminal.ts';
