"""Solvers that minimise speed. A solver only descends; the search certifies every point afterwards, in one way."""

from slowpoints.dynamics.solvers._adam import Adam as Adam
from slowpoints.dynamics.solvers._gradient_flow import GradientFlow as GradientFlow
from slowpoints.dynamics.solvers._newton import Newton as Newton
from slowpoints.dynamics.solvers._newton_krylov import NewtonKrylov as NewtonKrylov
from slowpoints.dynamics.solvers._solver import AbstractSolver as AbstractSolver
