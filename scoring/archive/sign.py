"""The signature of an archive: an SSH signature (SSHSIG, Ed25519) of its tag manifest.

SSH keys need no authority, every Windows, macOS and Linux of today has ``ssh-keygen``, and that checks the signature
without this program. Verification is the library's; it signs nothing, so a signature is put together of its parts.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key
from sshsig import check_signature
from sshsig.binary_io import SshWriter, ssh_read_string_pair
from sshsig.ssh_public_key import PublicKey
from sshsig.sshsig import InvalidSignature, SshsigSignature, SshsigWrapper, hash_file, ssh_enarmor_sshsig

from scoring.base.files import reason_of

#: What ``ssh-keygen -Y`` calls the purpose of a signature; its own examples sign files under this one.
NAMESPACE: Final = "file"
_HASH: Final = b"sha512"
#: What ``ssh-keygen`` accepts; the library would take any digest that Python has, MD5 and SHA-1 as well.
_HASHES: Final = (b"sha256", b"sha512")
_VERSION: Final = 1
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"


class UnusableKey(ValueError):
    """A file that is no key to sign or to verify with; the message is in Chinese."""


@dataclass(frozen=True)
class SigningKey:
    """A private key, and the public one as a line of a ``.pub`` file."""

    private: Ed25519PrivateKey
    public: str

    @property
    def fingerprint(self) -> str:
        """The fingerprint, as ``ssh-keygen -l`` tells it."""
        return PublicKey.from_openssh_str(self.public).sha256_str()


def read_signing_key(path: Path, passphrase: Callable[[], str]) -> SigningKey:
    """The key of a file as ``ssh-keygen -t ed25519`` makes it; its passphrase is asked for when it has one.

    Raises
    ------
    UnusableKey
        When there is no such key, it is of another kind, or the passphrase is wrong.
    """
    try:
        content = path.read_bytes()
        try:
            private = load_ssh_private_key(content, None)
        except TypeError:  # It has a passphrase.
            private = load_ssh_private_key(content, passphrase().encode())
    except OSError as error:
        raise UnusableKey(f"签名私钥 {path} 打不开（{reason_of(error)}）") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UnusableKey(f"{path} 不是 SSH 私钥，或口令不对；可用 ssh-keygen -t ed25519 生成") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise UnusableKey(f"{path} 不是 Ed25519 私钥；请用 ssh-keygen -t ed25519 生成")
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return SigningKey(private, public)


def read_public_key(path: Path) -> PublicKey:
    """The key of a ``.pub`` file; raises :class:`UnusableKey` when there is none."""
    try:
        return public_key_of(path.read_text(encoding="utf-8").strip())
    except OSError as error:
        raise UnusableKey(f"公钥 {path} 打不开（{reason_of(error)}）") from error
    except (UnusableKey, UnicodeDecodeError) as error:
        raise UnusableKey(f"{path} 不是 SSH 公钥（一行，以 ssh-ed25519 或 ssh-rsa 开头）") from error


def public_key_of(line: str) -> PublicKey:
    """The key of a line as a ``.pub`` file holds it; raises :class:`UnusableKey` when it is none."""
    try:
        return PublicKey.from_openssh_str(line)
    # What the library raises of a line that is no key, or a key of a kind that it does not know.
    except (ValueError, NotImplementedError, TypeError, UnsupportedAlgorithm) as error:
        raise UnusableKey("不是 SSH 公钥") from error


def sign(message: bytes, key: SigningKey) -> bytes:
    """A signature as ``ssh-keygen -Y sign -n file`` makes it."""
    digest = hash_file(io.BytesIO(message), _HASH)
    signed = SshsigWrapper(namespace=NAMESPACE.encode(), hash_algo=_HASH, hash=digest).to_bytes()
    signature = _strings(b"ssh-ed25519", key.private.sign(signed))
    blob = SshWriter(io.BytesIO())
    blob.write(b"SSHSIG")
    blob.write_uint32(_VERSION)
    blob.write(_strings(_encoded(key.public), NAMESPACE.encode(), b"", _HASH, signature))
    return ssh_enarmor_sshsig(blob.output_fh.getvalue()).encode()


def signer_of(message: bytes, signature: bytes) -> PublicKey | None:
    """Whose signature it is; None when it is nobody's, or is not written exactly as such a signature is."""
    try:
        told = SshsigSignature.from_armored(signature)
        if told.hash_algo not in _HASHES or not _is_written_as_usual(signature, told):
            return None
        signer = check_signature(message, signature, NAMESPACE)
        # The library reads what runs over its end as if it did not: nothing may stand in the file but what it read.
        exact = told.signature == _strings(*ssh_read_string_pair(told.signature))
        return signer if exact and told.public_key == _encoded(signer.openssh_str()) else None
    # All that the library raises of what is no signature, or none that it knows: such a one vouches for nobody.
    except (InvalidSignature, UnsupportedAlgorithm, NotImplementedError, TypeError, ValueError, AssertionError):
        return None


def _is_written_as_usual(signature: bytes, told: SshsigSignature) -> bool:
    """Whether nothing stands around the signature or in it, so that no byte of the file can change unnoticed."""
    first, *lines, last, rest = signature.decode("ascii").split("\n")
    as_written = "".join(lines).encode() == base64.b64encode(bytes(told))
    return (first, last, rest) == (_BEGIN, _END, "") and as_written


def _encoded(public: str) -> bytes:
    """A public key as a signature holds it, from a line of a ``.pub`` file."""
    return base64.b64decode(public.split()[1])


def _strings(*parts: bytes) -> bytes:
    packed = SshWriter(io.BytesIO())
    for part in parts:
        packed.write_string(part)
    content: bytes = packed.output_fh.getvalue()
    return content
