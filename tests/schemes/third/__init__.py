"""虚构示例: a made-up scheme of a made-up city, unlike the program's own in all that a scheme can choose."""
