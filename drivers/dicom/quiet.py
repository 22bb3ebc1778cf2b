"""Keep the DICOM libraries from saying what they should not.

pynetdicom logs the data sets that it sends and receives, and pydicom warns with the offending value
in the text: both can carry a patient's name. What goes wrong on an association or in a file is
told by this package's own errors.
"""

import logging

from pydicom import config as pydicom_config
from pynetdicom import _config as pynetdicom_config


def quieten_libraries() -> None:
    """Stop both libraries from logging or warning with the content of data sets, process-wide."""
    pynetdicom_config.LOG_HANDLER_LEVEL = "none"
    pynetdicom_config.LOG_REQUEST_IDENTIFIERS = False
    pynetdicom_config.LOG_RESPONSE_IDENTIFIERS = False
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    pydicom_config.settings.reading_validation_mode = pydicom_config.IGNORE
