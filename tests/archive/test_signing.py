"""Signatures: made and checked here, and checked by ssh-keygen; what a forger cannot do."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from archiving import archived, copy_of, new_key, reseal, slim
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from hypothesis import example, given
from hypothesis import strategies as st
from sshsig.sshsig import SshsigSignature, SshsigWrapper, ssh_enarmor_sshsig

from scoring.archive.layout import SIGNATURE, TAG_MANIFEST
from scoring.archive.seal.bag import Sealed
from scoring.archive.sign import UnusableKey, read_public_key, read_signing_key, sign, signer_of
from scoring.archive.verify.run import Asked, Verified, verify


def no_passphrase() -> str:
    raise AssertionError("asked for a passphrase")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_key(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def signed(key: Path, tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    with pytest.MonkeyPatch.context() as patching:
        slim(patching)
        return archived(tmp_path_factory.mktemp("signed"), key=read_signing_key(key, no_passphrase))


def text(verified: Verified) -> str:
    return "\n".join(verified.lines())


def test_the_archive_of_a_signer_verifies(signed: Sealed, key: Path) -> None:
    verified = verify(signed.packed, Asked(signer=read_public_key(key.with_suffix(".pub"))))
    assert verified.holds
    assert "与所给公钥一致" in text(verified)
    assert "签　名：SHA256:" in text(verified)
    assert "没有核对签名者是谁" in text(verify(signed.folder, Asked()))


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen on this machine")
def test_ssh_keygen_verifies_it_as_the_readme_says(signed: Sealed, key: Path, tmp_path: Path) -> None:
    signers = tmp_path / "allowed_signers"
    signers.write_text(f"signer {key.with_suffix('.pub').read_text(encoding='utf-8')}", encoding="utf-8")
    call = ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", "signer", "-n", "file", "-s", signed.folder / SIGNATURE]
    readme = (signed.folder / "归档说明.txt").read_text(encoding="utf-8")
    assert f"ssh-keygen -Y verify -f ../allowed_signers.txt -I signer -n file -s {SIGNATURE} < {TAG_MANIFEST}" in readme
    content = (signed.folder / TAG_MANIFEST).read_bytes()
    assert subprocess.run(call, input=content, capture_output=True, check=False).returncode == 0
    assert subprocess.run(call, input=content + b" ", capture_output=True, check=False).returncode != 0


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen on this machine")
def test_what_ssh_keygen_signs_is_verified(key: Path, tmp_path: Path) -> None:
    message = tmp_path / "message"
    message.write_bytes(b"tag manifest")
    key.chmod(0o600)
    subprocess.run(["ssh-keygen", "-Y", "sign", "-f", key, "-n", "file", message], capture_output=True, check=True)
    assert signer_of(b"tag manifest", Path(f"{message}.sig").read_bytes()) == read_public_key(key.with_suffix(".pub"))


def test_another_key_is_not_the_signers(signed: Sealed, tmp_path: Path) -> None:
    other = read_public_key(new_key(tmp_path).with_suffix(".pub"))
    verified = verify(signed.folder, Asked(signer=other))
    assert not verified.holds
    assert "签名者不是所给公钥的持有人" in text(verified)


def test_an_archive_without_signature_is_not_the_signers(sealed: Sealed, key: Path) -> None:
    verified = verify(sealed.folder, Asked(signer=read_public_key(key.with_suffix(".pub"))))
    assert not verified.holds
    assert "没有签名，无法证明出自所给公钥的持有人" in text(verified)


def test_rewriting_the_folder_does_not_forge_the_signature(signed: Sealed, key: Path, tmp_path: Path) -> None:
    bag = shutil.copytree(signed.folder, tmp_path / "bag")
    (bag / "归档说明.txt").write_text("forged", encoding="utf-8")
    reseal(bag)
    assert "签名无效" in text(verify(bag, Asked()))
    (bag / SIGNATURE).unlink()
    assert "没有签名，无法证明" in text(verify(bag, Asked(signer=read_public_key(key.with_suffix(".pub")))))
    forger = read_signing_key(new_key(tmp_path), no_passphrase)
    (bag / SIGNATURE).write_bytes(sign((bag / TAG_MANIFEST).read_bytes(), forger))
    assert "签名者不是所给公钥的持有人" in text(verify(bag, Asked(signer=read_public_key(key.with_suffix(".pub")))))


@pytest.fixture
def signed_bag(signed: Sealed, tmp_path: Path) -> Path:
    return copy_of(signed.folder, tmp_path)


def _replace(bag: Path) -> None:
    forger = read_signing_key(new_key(bag.parent, "forger"), no_passphrase)
    (bag / SIGNATURE).write_bytes(sign((bag / TAG_MANIFEST).read_bytes(), forger))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda bag: (bag / SIGNATURE).unlink(), "签名者与标签写明的不同，或有一处没有签名"),
        (lambda bag: (bag / SIGNATURE).write_bytes(b""), "签名无效"),
        (_replace, "签名者与标签写明的不同"),
    ],
)
def test_a_signature_other_than_the_label_states(
    signed_bag: Path, change: Callable[[Path], object], message: str
) -> None:
    change(signed_bag)
    verified = verify(signed_bag, Asked())
    assert not verified.holds
    assert f"{SIGNATURE}：{message}" in text(verified)


def test_a_signature_that_was_added(bag: Path) -> None:
    _replace(bag)
    assert f"{SIGNATURE}：签名者与标签写明的不同" in text(verify(bag, Asked()))


def armoured(usual: bytes, **other: bytes) -> bytes:
    """The signature with another part, written as usual."""
    parts = SshsigSignature.from_armored(usual)
    for name, value in other.items():
        setattr(parts, name, value)
    return parts.to_armored().encode()


@pytest.mark.parametrize("digest", [b"shake_128", b"shake_256", b"md5", b"sha1", b"SHA512", b"sha512\0", b"", b"\xff"])
def test_only_the_digests_of_ssh_keygen_are_taken(key: Path, digest: bytes) -> None:
    """Each signature would be valid if the library had the digest: only the digest's name is refused."""
    private = read_signing_key(key, no_passphrase)
    usual = sign(b"tag manifest", private)
    known = digest.lower().decode() if digest in {b"md5", b"sha1", b"SHA512"} else ""
    digested = hashlib.new(known, b"tag manifest").digest() if known else b"0" * 16
    message = SshsigWrapper(namespace=b"file", hash_algo=digest, hash=digested).to_bytes()
    signature = b"\0\0\0\x0bssh-ed25519\0\0\0\x40" + private.private.sign(message)
    assert signer_of(b"tag manifest", armoured(usual, hash_algo=digest, signature=signature)) is None


@given(blob=st.binary(max_size=200))
@example(blob=b"")
def test_what_is_not_a_signature_raises_nothing(blob: bytes) -> None:
    for content in (blob, ssh_enarmor_sshsig(blob).encode(), ssh_enarmor_sshsig(b"SSHSIG\0\0\0\1" + blob).encode()):
        assert signer_of(b"tag manifest", content) is None


def test_a_signature_with_other_ends_of_lines(key: Path) -> None:
    signature = sign(b"tag manifest", read_signing_key(key, no_passphrase))
    for end in (b"\r", b"\r\n", b"\x0c"):
        assert signer_of(b"tag manifest", signature.replace(b"\n", end)) is None


def test_no_byte_of_a_signature_can_change(key: Path) -> None:
    signature = sign(b"tag manifest", read_signing_key(key, no_passphrase))
    signer = read_public_key(key.with_suffix(".pub"))
    assert signer_of(b"tag manifest", signature) == signer
    for at in range(len(signature)):
        for by in (1, 0x20, 0x80):
            changed = bytearray(signature)
            changed[at] ^= by
            assert signer_of(b"tag manifest", bytes(changed)) is None, (at, by)
    assert signer_of(b"tag manifest", signature + b"\n") is None


def test_a_key_with_a_passphrase(tmp_path: Path) -> None:
    path = new_key(tmp_path, encryption=BestAvailableEncryption(b"secret"))
    assert read_signing_key(path, lambda: "secret").fingerprint.startswith("SHA256:")
    with pytest.raises(UnusableKey, match="口令不对"):
        read_signing_key(path, lambda: "wrong")


def test_what_is_not_a_key(tmp_path: Path) -> None:
    with pytest.raises(UnusableKey, match="不是 Ed25519 私钥"):
        read_signing_key(new_key(tmp_path, private=generate_private_key(65537, 2048)), no_passphrase)
    (tmp_path / "text").write_text("not a key", encoding="utf-8")
    for read in (read_public_key, lambda path: read_signing_key(path, no_passphrase)):
        with pytest.raises(UnusableKey, match=r"不是 SSH"):
            read(tmp_path / "text")
        with pytest.raises(UnusableKey, match="打不开"):
            read(tmp_path / "absent")
