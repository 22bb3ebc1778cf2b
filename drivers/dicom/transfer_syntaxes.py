"""Which encodings of an object are taken from the wire, and which may be computed on."""

from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

UNCOMPRESSED = (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
)

LOSSLESS = (
    JPEG2000Lossless,
    JPEGLSLossless,
    JPEGLosslessSV1,
    JPEGLossless,
    RLELossless,
)

# Stored as they are, so that nothing sent is lost; what a file may be used for is judged later.
_STORED_ONLY = (
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    HTJ2K,
    JPEG2000,
    JPEGLSNearLossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
)

# In order of preference: the sender's own bytes need no decoder where it offers them uncompressed.
ACCEPTED_FOR_STORAGE = (*UNCOMPRESSED, *LOSSLESS, *_STORED_ONLY)

USABLE_FOR_DOSIMETRY = frozenset((*UNCOMPRESSED, *LOSSLESS))
