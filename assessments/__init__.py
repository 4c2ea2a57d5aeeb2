"""Questions with an answer key, about one person: what they are, which appear, whether an answer is right.

Pure: text and plain values in, frozen dataclasses out, the standard library only. Whatever is stored, shown or asked
lives in `lms/assessments` and `lms/training`. Scales without a right answer live in `readiness`.
"""
