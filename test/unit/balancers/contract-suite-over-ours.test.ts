import leastConnections from '@ollama-coordinator/balancer-least-connections';
import loadBased from '@ollama-coordinator/balancer-load-based';
import roundRobin from '@ollama-coordinator/balancer-round-robin';
import { balancerContractSuite } from '@ollama-coordinator/common/balancing/contract-suite';

for (const manifest of [roundRobin, loadBased, leastConnections]) balancerContractSuite(manifest, {}, { describe, it });
balancerContractSuite(loadBased, { avoidAt: 0.5, unknownLoad: 0.2 }, { describe, it });
