// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {Configuration, Configurations} from "../scripts/lib/Configuration.sol";
import {Parameter, Parameters} from "../scripts/lib/Parameters.sol";
import {Plans} from "../scripts/lib/Plan.sol";

/// @dev SECURITY.md's table of parameters is what scripts/config/bsc.toml, Bounds.sol and Powers.sol say, row by row. A
/// failure shows the row as it has to be.
contract ParametersTest is Test {
    string private constant OWNERS = "the owner's";
    string private constant HEAD = "| contract | parameter | default | least | most | changed by | after |";
    string private constant RULE = "| --- | --- | --- | --- | --- | --- | --- |";

    function test_Security_HasEveryParameter() public {
        Configuration memory c = _configuration();
        Parameter[] memory list = Parameters.list(c, address(this));
        // What bsc.toml leaves to the owner is shown as such.
        for (uint256 i; i < 3; ++i) {
            list[i].configured = OWNERS;
        }
        Parameter memory recipients = list[list.length - 1];
        recipients.configured = string.concat(recipients.configured, ", the rest ", OWNERS);

        Parameter[] memory delays = Parameters.authority(c);
        uint256 missing = _show(string.concat(HEAD, "\n", RULE));
        for (uint256 i; i < list.length; ++i) {
            missing += _show(_row(list[i]));
        }
        for (uint256 i; i < delays.length; ++i) {
            missing += _show(_row(delays[i]));
        }
        assertEq(missing, 0, "rows that SECURITY.md lacks: paste what is logged");
        assertEq(_rowsOfSection(), list.length + delays.length + 2, "rows of the table, with its head");
    }

    /// @dev Whether a default lies within its bounds is Configurations.check's to say.
    function test_Parameters_AreComplete() public view {
        Parameter[] memory list = Parameters.list(_configuration(), address(0));
        for (uint256 i; i < list.length; ++i) {
            assertGt(bytes(list[i].configured).length, 0, "default");
            assertGt(bytes(list[i].minimum).length, 0, "least");
            assertGt(bytes(list[i].maximum).length, 0, "most");
            bool isFixed = bytes(list[i].setter).length == 0;
            assertEq(keccak256(bytes(list[i].wait)) == keccak256("never"), isFixed, list[i].name);
        }
    }

    /// @dev The price and its band are the owner's to fill in.
    function _configuration() private view returns (Configuration memory c) {
        string memory toml = vm.readFile("scripts/config/bsc.toml");
        string[3] memory keys = ["initial = ", "band_minimum = ", "band_maximum = "];
        for (uint256 i; i < keys.length; ++i) {
            string memory empty = string.concat("\n", keys[i], '""');
            require(vm.indexOf(toml, empty) != type(uint256).max, "bsc.toml is filled in: show its defaults");
            toml = vm.replace(toml, empty, string.concat("\n", keys[i], '"1"'));
        }
        c = Configurations.parse("bsc", toml);
        // There may be one, so the table shows it.
        c.feed = address(1);
    }

    function _row(Parameter memory parameter) private pure returns (string memory) {
        bool isFixed = bytes(parameter.setter).length == 0;
        string memory by = isFixed ? parameter.role : string.concat(parameter.role, ", by `", parameter.setter, "`");
        return string.concat(
            string.concat("| ", Plans.nameOf(parameter.part), " | ", parameter.name, " | "),
            string.concat(parameter.configured, " | ", parameter.minimum, " | ", parameter.maximum, " | "),
            string.concat(by, " | ", parameter.wait, " |")
        );
    }

    function _show(string memory row) private returns (uint256 missing) {
        if (vm.contains(vm.readFile("SECURITY.md"), string.concat("\n", row, "\n"))) return 0;
        emit log(row);
        return 1;
    }

    function _rowsOfSection() private view returns (uint256 count) {
        string memory section = vm.split(vm.readFile("SECURITY.md"), "\n## Parameters\n")[1];
        section = vm.split(section, "\n## ")[0];
        return vm.split(section, "\n| ").length - 1;
    }
}
