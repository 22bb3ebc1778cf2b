"""TLS towards the broker."""

import ssl

from drivers.mqtt.errors import MqttError
from drivers.mqtt.options import TlsOptions


class _ClosingSocket(ssl.SSLSocket):
    """Closes itself when the handshake fails; paho-mqtt would leave it to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def tls_context(tls: TlsOptions) -> ssl.SSLContext:
    """A context that checks the broker's certificate and its name. Reads files.

    Raises:
        MqttError: a file is not there or is not PEM.
    """
    for path in (tls.ca_file, tls.certificate_file, tls.key_file):
        if path is not None and not path.is_file():
            raise MqttError(f"the TLS file {path} does not exist: correct the path or put it there")
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
        if tls.certificate_file is not None:
            context.load_cert_chain(tls.certificate_file, tls.key_file)
    except (ssl.SSLError, OSError) as error:
        raise MqttError(f"the TLS files cannot be used ({error}): they must be PEM") from error
    context.sslsocket_class = _ClosingSocket
    return context
