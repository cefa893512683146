// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title IAggregatorV3
/// @notice What is used of a price feed of the AggregatorV3 kind (Chainlink and those who speak its language).
interface IAggregatorV3 {
    /// @notice How many of an answer's digits are behind the point.
    function decimals() external view returns (uint8);

    /// @notice The last round: its number, its answer, when it began and was answered, and the round that the answer is
    /// from.
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
