"""Improvement: what a team wants to reach, what it measures and the changes it tests.

A team writes an aim, defines measures, enters one number a period and tests change ideas in PDSA cycles. A cycle goes
forward in time only: what is predicted is locked when the test begins, and what is written later never hides what was
written before. Charts and their verdicts come from the pure package `spc`; fidelity checks from the pure `fidelity`.
"""
