//! A real local Kubernetes cluster without root and without a container engine, for the demo and the end-to-end tests.
//!
//! Everything runs in a private network namespace ([`namespace`]): real etcd, kube-apiserver and
//! kube-controller-manager ([`cluster`]), a small kubelet that serves the pods' HTTP in this very process ([`kubelet`]),
//! real Traefik and Prometheus ([`traefik`], [`prometheus`]), and a load generator ([`load`]). [`harness`] runs tests on it, [`demo`] shows it, [`fleet`] measures it.

pub mod audit;
pub mod balance;
pub mod boards;
pub mod bounds;
pub mod chaos;
pub mod cluster;
pub mod controller;
pub mod demo;
pub mod fixtures;
pub mod fleet;
pub mod forward;
pub mod git;
pub mod harness;
pub mod helm;
pub mod hostile;
pub mod http;
mod kubeconfig;
pub mod kubelet;
pub mod listen;
pub mod load;
pub mod manifests;
pub mod namespace;
pub mod process;
pub mod programs;
pub mod prometheus;
pub mod rights;
pub mod rundir;
pub mod tools;
pub mod traefik;
pub mod visitor;
pub mod wait;
pub mod world;
