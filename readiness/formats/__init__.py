"""Open formats of instruments and answers: REDCap data dictionaries, FHIR R4, tables. Pure: plain values in and out.

What our instruments cannot hold is named, field by field, never dropped in silence.
"""
