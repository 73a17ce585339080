"""Do two networks hold the same memory in the same way?

Two GRUs of different size and seed learn to keep two bits. Their weights and states cannot be compared. What leads to
what can: from each saddle the map is followed both ways to the attractors, and the two graphs are compared.
"""

import numpy as np
import torch

from slowpoints import compare_graphs, from_torch, point_graph, PointGraph, survey

torch.set_num_threads(1)


def trained(units: int, seed: int) -> torch.nn.GRU:
    """A GRU that keeps, of two inputs, the sign of each's last pulse."""
    torch.manual_seed(seed)
    gru, readout = torch.nn.GRU(2, units), torch.nn.Linear(units, 2)
    optimizer = torch.optim.Adam([*gru.parameters(), *readout.parameters()], 1e-2)
    for _ in range(500):
        pulses = torch.randn(30, 64, 2).sign() * (torch.rand(30, 64, 2) < 0.1)
        pulses[0] = torch.randn(64, 2).sign()
        signs = [pulses[0]]
        for pulse in pulses[1:]:
            signs.append(torch.where(pulse != 0, pulse, signs[-1]))
        loss = (readout(gru(pulses)[0]) - torch.stack(signs)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.02
    return gru


def graph_of(gru: torch.nn.GRU) -> PointGraph:
    """The fixed points of a GRU without input, and which leads to which."""
    network = from_torch(gru)
    points = survey(network, input=[0.0, 0.0], starts=128).exploration.distinct.points
    fixed = np.array([outcome.name == "FIXED_POINT" for outcome in points.outcomes])
    return point_graph(network.at([0.0, 0.0]), points.state[fixed], domain=network.domain())


graphs = [graph_of(trained(units, seed)) for units, seed in ((10, 0), (16, 1))]
for graph in graphs:
    unstable = graph.stability.unstable
    print(f"{np.sum(unstable == 0)} attractors, {np.sum(unstable == 1)} saddles between two,", end=" ")
    print(f"{np.sum(unstable > 1)} other points; {len(graph.source)} ways out of saddles")
    assert np.sum(unstable == 0) == 4
found = compare_graphs(*graphs)
print("the same graph" if found.isomorphic else f"{found.edit_distance:.0f} points and ways differ", end="; ")
print("exact" if found.exact else "at most")
assert compare_graphs(graphs[0], graphs[0]).isomorphic
