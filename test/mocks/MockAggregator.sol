// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IAggregatorV3} from "../../contracts/interfaces/IAggregatorV3.sol";

/// @dev Chainlink's proxy as it answers: rounds are numbered (phase << 64 | round in the phase), a new aggregator behind
/// it is a new phase, and before its first answer it reverts. `setRound` makes it say anything.
contract MockAggregator is IAggregatorV3 {
    struct Round {
        int256 answer;
        uint256 startedAt;
        uint256 updatedAt;
        uint80 answeredInRound;
    }

    string public constant description = "BTSc / USD";
    uint256 public constant version = 4;
    uint8 public decimals;
    uint16 public phaseId;
    uint80 private _latestRound;
    mapping(uint80 roundId => Round) private _rounds;

    constructor(uint8 decimals_) {
        startPhase(decimals_);
    }

    /// @dev Another aggregator takes over, which may have other decimals.
    function startPhase(uint8 decimals_) public {
        decimals = decimals_;
        ++phaseId;
        _latestRound = uint80(phaseId) << 64;
    }

    /// @dev Answers a new round now.
    function answer(int256 answer_) external returns (uint80 roundId) {
        roundId = _latestRound + 1;
        setRound(roundId, Round(answer_, block.timestamp, block.timestamp, roundId));
    }

    function setRound(uint80 roundId, Round memory round) public {
        _latestRound = roundId;
        _rounds[roundId] = round;
    }

    function getRoundData(uint80 roundId) public view returns (uint80, int256, uint256, uint256, uint80) {
        Round memory round = _rounds[roundId];
        require(round.startedAt != 0, "No data present");
        return (roundId, round.answer, round.startedAt, round.updatedAt, round.answeredInRound);
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return getRoundData(_latestRound);
    }
}
