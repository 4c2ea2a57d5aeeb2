"""Scales without a right answer, about one organization: scores, agreement, change, and which numbers may be shown.

Pure: plain values in, frozen dataclasses out, the standard library only. Whatever is stored, shown or asked lives in
`lms/readiness`. Questions with an answer key live in `assessments`; the two rooms never import each other.
"""
