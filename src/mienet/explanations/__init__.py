"""Why a network says what it says of a clip: what moved, where and when it looked."""
