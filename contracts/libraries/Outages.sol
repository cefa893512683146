// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// @title Outages
/// @notice When payments were impossible, so that a time limit can count the time alone in which they were possible.
/// @dev One slot an outage, found by binary search. Times are unix seconds.
library Outages {
    using Checkpoints for Checkpoints.Trace208;

    /// @dev The limit that is prolonged: Membership's renewal window.
    uint40 internal constant WINDOW = 7 days;

    /// @param ended By the first second after an outage: its start, and the seconds of all outages before it.
    struct History {
        Checkpoints.Trace208 ended;
    }

    /// @notice Adds the outage from `start` until `end`, both no earlier than the last one ended.
    function add(History storage self, uint40 start, uint40 end) internal {
        (uint40 last, uint40 seconds_) = _last(self);
        if (end == last) return;
        self.ended.push(end, uint208(start) << 40 | seconds_);
    }

    /// @notice Seconds of outage from `from` on.
    function secondsSince(History storage self, uint40 from) internal view returns (uint40) {
        (, uint40 all) = _last(self);
        uint208 found = self.ended.lowerLookup(uint48(from) + 1);
        if (found == 0) return 0;
        (uint40 start, uint40 before) = _unpack(found);
        return all - before - (from > start ? from - start : 0);
    }

    /// @notice The first second after the last outage; 0 for none.
    function lastEnd(History storage self) internal view returns (uint40 end) {
        (end,) = _last(self);
    }

    /// @dev When the last outage ended, and the seconds of all of them.
    function _last(History storage self) private view returns (uint40, uint40) {
        (bool exists, uint48 end, uint208 value) = self.ended.latestCheckpoint();
        if (!exists) return (0, 0);
        (uint40 start, uint40 before) = _unpack(value);
        return (uint40(end), before + uint40(end) - start);
    }

    function _unpack(uint208 value) private pure returns (uint40 start, uint40 before) {
        return (uint40(value >> 40), uint40(value));
    }
}
