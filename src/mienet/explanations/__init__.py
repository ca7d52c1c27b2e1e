"""Why a network says what it says of a clip or a moment: what moved, where and when it looked."""
