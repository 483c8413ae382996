"""The signature of an archive: an SSH signature (SSHSIG, Ed25519) of its tag manifest.

SSH keys need no authority, and ``ssh-keygen``, part of every Windows, macOS and Linux, checks the signature without
this program. The library ``sshsig`` verifies but does not sign, so a signature is assembled from its parts here.
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

from scoring.base.errors import ForAnalysts
from scoring.base.files import reason_of

#: The namespace that the examples of ``ssh-keygen -Y`` use for files.
NAMESPACE: Final = "file"
_HASH: Final = b"sha512"
#: The digests that ``ssh-keygen`` accepts; the library would accept MD5 and SHA-1 too.
_HASHES: Final = (b"sha256", b"sha512")
_VERSION: Final = 1
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"


class UnusableKey(ForAnalysts, ValueError):
    """A file that is not a usable key; the message is in Chinese."""


@dataclass(frozen=True)
class SigningKey:
    """A private key, and the public one as a line of a ``.pub`` file."""

    private: Ed25519PrivateKey
    public: str

    @property
    def fingerprint(self) -> str:
        """The fingerprint, as ``ssh-keygen -l`` prints it."""
        return PublicKey.from_openssh_str(self.public).sha256_str()


def read_signing_key(path: Path, passphrase: Callable[[], str]) -> SigningKey:
    """Read a private key as ``ssh-keygen -t ed25519`` makes it; asks for its passphrase if it has one.

    Raises
    ------
    UnusableKey
        When it cannot be read, is of another kind, or the passphrase is wrong.
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
    """Read a ``.pub`` file; raises :class:`UnusableKey` when it holds no key."""
    try:
        return public_key_of(path.read_text(encoding="utf-8").strip())
    except OSError as error:
        raise UnusableKey(f"公钥 {path} 打不开（{reason_of(error)}）") from error
    except (UnusableKey, UnicodeDecodeError) as error:
        raise UnusableKey(f"{path} 不是 SSH 公钥（一行，以 ssh-ed25519 或 ssh-rsa 开头）") from error


def public_key_of(line: str) -> PublicKey:
    """Parse the line of a ``.pub`` file; raises :class:`UnusableKey` when it is not a key."""
    try:
        return PublicKey.from_openssh_str(line)
    # The library's errors for something that is not a key, or a key of an unknown kind.
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
    """The key a signature was made with; None when it is not valid, or not in the canonical form."""
    try:
        parts = SshsigSignature.from_armored(signature)
        if parts.hash_algo not in _HASHES or not _is_canonical(signature, parts):
            return None
        signer = check_signature(message, signature, NAMESPACE)
        # The library ignores trailing bytes; they are refused here.
        exact = parts.signature == _strings(*ssh_read_string_pair(parts.signature))
        return signer if exact and parts.public_key == _encoded(signer.openssh_str()) else None
    # The library's errors for something that is not a signature, or one of an unknown kind.
    except (InvalidSignature, UnsupportedAlgorithm, NotImplementedError, TypeError, ValueError, AssertionError):
        return None


def _is_canonical(signature: bytes, parts: SshsigSignature) -> bool:
    """Whether the file holds nothing but the signature, so that no byte of it can change unnoticed."""
    first, *lines, last, rest = signature.decode("ascii").split("\n")
    as_written = "".join(lines).encode() == base64.b64encode(bytes(parts))
    return (first, last, rest) == (_BEGIN, _END, "") and as_written


def _encoded(public: str) -> bytes:
    """The key itself in the line of a ``.pub`` file."""
    return base64.b64decode(public.split()[1])


def _strings(*parts: bytes) -> bytes:
    packed = SshWriter(io.BytesIO())
    for part in parts:
        packed.write_string(part)
    content: bytes = packed.output_fh.getvalue()
    return content
