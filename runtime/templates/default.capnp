# A worker that answers HTTP on port 8080: copy this and worker.js into the workspace, then `workerd default.capnp`.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:8080", http = (), service = "main")]
);

const worker :Workerd.Worker = (
  compatibilityDate = "2025-01-01",
  modules = [(name = "main", esModule = embed "worker.js")]
);
