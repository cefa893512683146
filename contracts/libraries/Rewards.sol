// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title Rewards
/// @notice A linear stream of rewards over principal: what one wei of accruing principal was ever given, scaled by 1e36.
/// @dev Pure. Amounts are token wei, times unix seconds. Nothing here can overflow: a rate has 72 bits, a time 40 and the
/// scale 120, so that what is emitted at once has 232; `growth` is taken modulo 2^256, and so is what is counted with it,
/// which is exact as long as one account's rewards, scaled, stay below 2^256.
library Rewards {
    uint256 internal constant SCALE = 1e36;

    /// @param rate Wei per second.
    /// @param finish The first second in which nothing is emitted; it moves on while nothing accrues.
    /// @param updatedAt Up to when what was emitted is given out.
    /// @param carry What division left the last time, scaled.
    struct Stream {
        uint72 rate;
        uint40 finish;
        uint40 updatedAt;
        uint104 carry;
    }

    /// @notice Brings `stream` to `time`, in which `accruing` principal accrued; changes it in place.
    /// @return growth What a wei of that principal was given since, scaled and rounded down; the rest is carried.
    function advance(Stream memory stream, uint256 accruing, uint40 time) internal pure returns (uint256 growth) {
        uint40 from = stream.updatedAt;
        if (from >= stream.finish || from == time) return 0;
        stream.updatedAt = time;
        if (accruing == 0) {
            stream.finish += time - from;
            return 0;
        }
        uint256 duration = (time < stream.finish ? time : stream.finish) - from;
        uint256 emitted = stream.rate * duration * SCALE + stream.carry;
        // It is less than the divisor, whose 104 bits are those of the principal.
        stream.carry = uint104(emitted % accruing);
        return emitted / accruing;
    }

    /// @notice What `stream`, brought to `time`, has yet to emit.
    function left(Stream memory stream, uint40 time) internal pure returns (uint256) {
        return time < stream.finish ? uint256(stream.rate) * (stream.finish - time) : 0;
    }

    /// @notice The least that must be added at `time` for a new stream over `duration`: so much that it is no slower than the
    /// present one, and at least a wei per second where none is left.
    function leastToFund(Stream memory stream, uint40 time, uint40 duration) internal pure returns (uint256) {
        uint256 emitted = uint256(stream.rate) * duration - left(stream, time);
        return time < stream.finish && emitted != 0 ? emitted : duration;
    }
}
