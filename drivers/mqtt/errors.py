"""What goes wrong between this client and a broker."""


class MqttError(Exception):
    """The broker cannot be reached or was lost; the text says what, where and what to do."""


class MqttRefusedError(MqttError):
    """The broker answers and says no: it will say no again until a person changes something."""
