// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @notice Sentences, in the order in which they were found.
struct Findings {
    string[] list;
    uint256 count;
}

library FindingsList {
    function add(Findings memory findings, string memory finding) internal pure {
        string[] memory list = findings.list;
        if (findings.count == list.length) {
            list = new string[](findings.count * 2 + 16);
            for (uint256 i; i < findings.count; ++i) {
                list[i] = findings.list[i];
            }
            findings.list = list;
        }
        list[findings.count++] = finding;
    }

    function all(Findings memory findings) internal pure returns (string[] memory list) {
        list = new string[](findings.count);
        for (uint256 i; i < list.length; ++i) {
            list[i] = findings.list[i];
        }
    }
}
