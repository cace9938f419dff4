/** What a session is in Kubernetes: a pod hardened as the compose files are, a secret with its token, a volume. */
import type { V1PersistentVolumeClaim, V1Pod, V1Secret } from '@kubernetes/client-node';
import { DEFAULT_PORT } from '../protocol/runtime.ts';
import type { SessionLimits } from './launcher.ts';

export const APP_LABEL = 'mhnos-runtime';
export const SESSION_LABEL = 'mhnos/session';
const USER = 10001;
const TEMPORARY_BYTES = '256Mi';

export interface PodOptions {
  readonly image: string;
  readonly namespace: string;
  /** A volume class of the cluster; undefined: the files last as long as the pod. */
  readonly storageClass?: string | undefined;
}

export const podName = (session: string): string => `mhnos-${session}`;

const metadata = (session: string, namespace: string) => ({
  name: podName(session),
  namespace,
  labels: { app: APP_LABEL, [SESSION_LABEL]: session },
});

export function secretFor(session: string, token: string, { namespace }: PodOptions): V1Secret {
  return { metadata: metadata(session, namespace), stringData: { token } };
}

export function volumeFor(
  session: string,
  limits: SessionLimits,
  options: PodOptions,
): V1PersistentVolumeClaim {
  return {
    metadata: metadata(session, options.namespace),
    spec: {
      accessModes: ['ReadWriteOnce'],
      ...(options.storageClass === undefined ? {} : { storageClassName: options.storageClass }),
      resources: { requests: { storage: String(limits.storageBytes) } },
    },
  };
}

export function podFor(session: string, limits: SessionLimits, options: PodOptions): V1Pod {
  const resources = { memory: String(limits.memoryBytes), cpu: String(limits.cpus) };
  const name = podName(session);
  return {
    metadata: metadata(session, options.namespace),
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 15,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: USER,
        runAsGroup: USER,
        fsGroup: USER,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'runtime',
          image: options.image,
          ports: [{ containerPort: DEFAULT_PORT }],
          env: [
            { name: 'MHNOS_TOKEN_FILE', value: '/run/secrets/mhnos/token' },
            { name: 'MHNOS_MAX_MEMORY', value: String(limits.memoryBytes) },
            { name: 'MHNOS_MAX_PROCESSES', value: String(limits.processes) },
          ],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: { requests: resources, limits: resources },
          readinessProbe: {
            httpGet: {
              path: '/health',
              port: DEFAULT_PORT,
              httpHeaders: [{ name: 'Host', value: `localhost:${DEFAULT_PORT}` }],
            },
            periodSeconds: 2,
          },
          volumeMounts: [
            { name: 'workspace', mountPath: '/workspace' },
            { name: 'temporary', mountPath: '/tmp' },
            { name: 'token', mountPath: '/run/secrets/mhnos', readOnly: true },
          ],
        },
      ],
      volumes: [
        {
          name: 'workspace',
          ...(options.storageClass === undefined
            ? { emptyDir: { sizeLimit: String(limits.storageBytes) } }
            : { persistentVolumeClaim: { claimName: name } }),
        },
        { name: 'temporary', emptyDir: { medium: 'Memory', sizeLimit: TEMPORARY_BYTES } },
        { name: 'token', secret: { secretName: name, defaultMode: 0o440 } },
      ],
    },
  };
}
