// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title Outages
/// @notice How long payments were impossible, so that a time limit can be longer by as much.
/// @dev Outages less than `WINDOW` apart are kept as one, and an older one is forgotten: a limit of `WINDOW` that it had
/// prolonged is over by then. Times are unix seconds.
library Outages {
    /// @dev The limit that is prolonged: Membership's renewal window.
    uint40 internal constant WINDOW = 7 days;

    /// @param length Seconds of outage between `start` and `end`, the first second after it.
    struct Outage {
        uint40 start;
        uint40 end;
        uint40 length;
    }

    /// @notice `last` with the outage that began at `start` and ended at `end`, no earlier than `last` ended.
    function add(Outage memory last, uint40 start, uint40 end) internal pure returns (Outage memory) {
        uint40 length = end - start;
        if (last.end != 0 && start <= last.end + WINDOW) return Outage(last.start, end, last.length + length);
        return Outage(start, end, length);
    }

    /// @notice By how much a limit of `WINDOW` that runs from `from` is longer. Never too little; too much, by at most the
    /// length, where several outages are kept as one.
    function prolongation(Outage memory last, uint40 from) internal pure returns (uint40) {
        if (last.end <= from || from + WINDOW < last.start) return 0;
        uint40 reach = last.end - (from > last.start ? from : last.start);
        return reach < last.length ? reach : last.length;
    }
}
