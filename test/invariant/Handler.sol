// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Attackers} from "./Attackers.sol";
import {Operators} from "./Operators.sol";
import {Payers} from "./Payers.sol";
import {Stakers} from "./Stakers.sol";

/// @dev Everybody who does anything, at random. What an action may be refused for is said with it; any other refusal ends
/// the run.
contract Handler is Payers, Stakers, Operators, Attackers {
    function selectors() external pure returns (bytes4[] memory list) {
        list = new bytes4[](28);
        (list[0], list[1], list[2]) = (this.pay.selector, this.payBySignature.selector, this.replayOrder.selector);
        // What a mandate does takes time to come about, so it is done more often.
        (list[3], list[4], list[5]) = (this.openMandate.selector, this.renew.selector, this.renew.selector);
        (list[6], list[7], list[8]) = (this.cancel.selector, this.stake.selector, this.requestUnstake.selector);
        (list[9], list[10], list[11]) = (this.withdraw.selector, this.claimRewards.selector, this.compound.selector);
        (list[12], list[13], list[14]) = (this.poke.selector, this.fund.selector, this.passTime.selector);
        (list[15], list[16], list[17]) = (this.post.selector, this.spend.selector, this.release.selector);
        (list[18], list[19], list[20]) = (this.publish.selector, this.veto.selector, this.claimContribution.selector);
        (list[21], list[22], list[23]) = (this.donate.selector, this.setFee.selector, this.setSplit.selector);
        (list[24], list[25]) = (this.setParameters.selector, this.setLists.selector);
        (list[26], list[27]) = (this.togglePauses.selector, this.usurp.selector);
    }

    function hostileSelectors() external pure returns (bytes4[] memory list) {
        list = new bytes4[](2);
        (list[0], list[1]) = (this.sweepTheToken.selector, this.impersonate.selector);
    }
}
