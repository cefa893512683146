// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Deploy} from "../scripts/Deploy.s.sol";
import {Configuration, Configurations} from "../scripts/lib/Configuration.sol";
import {BaseTest} from "./BaseTest.sol";

/// @dev One test for each way in which a configuration can be broken; each starts from one that is accepted.
contract DeployRefusalsTest is BaseTest {
    Deploy private _script;
    Configuration private _c;

    function setUp() public override {
        vm.warp(START);
        _script = new Deploy();
        _c = configuration();
    }

    function test_Deploy_WhenNothingIsBroken() public {
        Deploy.Deployment memory deployed = _script.deploy(_c);
        assertGt(address(deployed.staking).code.length, 0, "deployed code");
    }

    // ------------------------------------------------------------------ network and token

    function test_Run_RevertWhen_NetworkIsUnknown() public {
        vm.expectRevert(_invalid("network", "there is no scripts/config/nowhere.toml"));
        _script.run("nowhere");
    }

    function test_Run_RevertWhen_OwnerHasNotFilledInMainnet() public {
        vm.chainId(56);
        vm.expectPartialRevert(Configurations.ConfigurationInvalid.selector);
        _script.run("bsc");
    }

    function test_Run_RevertWhen_OwnerHasNotFilledInTheTestnet() public {
        vm.chainId(97);
        vm.expectPartialRevert(Configurations.ConfigurationInvalid.selector);
        _script.run("bsc-testnet");
    }

    function test_Deploy_RevertWhen_ChainIdDiffers() public {
        _c.chainId = 56;
        _expectRefusal("chain_id", "is 56, but this is chain 31337");
    }

    function test_Deploy_RevertWhen_VersionIsMissing() public {
        _c.version = 0;
        _expectRefusal("deployment.version");
    }

    function test_Deploy_RevertWhen_NobodyReceivesTheSupply() public {
        _c.initialHolder = address(0);
        _expectRefusal("token.initial_holder");
    }

    function test_Deploy_RevertWhen_TokenExistsAndSupplyIsToBeGiven() public {
        _c.token = address(_script);
        _expectRefusal("token.initial_holder");
    }

    function test_Deploy_RevertWhen_TokenHasNoCode() public {
        (_c.token, _c.initialHolder) = (stranger, address(0));
        _expectRefusal("token.address", "has no code on this chain");
    }

    function test_Deploy_RevertWhen_TokenHasOtherDecimals() public {
        (_c.token, _c.initialHolder) = (address(new SixDecimals()), address(0));
        _expectRefusal("token.address", "does not have 18 decimals");
    }

    // ------------------------------------------------------------------ price

    function test_Deploy_RevertWhen_PriceIsOutsideTheBand() public {
        _c.initialPrice = BAND_MAXIMUM + 1;
        _expectRefusal("price.initial");
        _c.initialPrice = BAND_MINIMUM - 1;
        _expectRefusal("price.initial");
    }

    function test_Deploy_RevertWhen_BandIsNone() public {
        _c.bandMinimum = 0;
        _expectRefusal("price.band_minimum");
        _c.bandMinimum = BAND_MAXIMUM + 1;
        _expectRefusal("price.band_minimum");
        _c.bandMaximum = uint256(type(uint128).max) + 1;
        _expectRefusal("price.band_maximum");
    }

    function test_Deploy_RevertWhen_MoveIsOutOfBounds() public {
        _c.maximumMove = 0;
        _expectRefusal("price.maximum_move");
        _c.maximumMove = 5001;
        _expectRefusal("price.maximum_move", "is 5001, outside 1 to 5000");
    }

    function test_Deploy_RevertWhen_AgeIsOutOfBounds() public {
        _c.maximumAge = 1 hours - 1;
        _expectRefusal("price.maximum_age");
        _c.maximumAge = 7 days + 1;
        _expectRefusal("price.maximum_age");
    }

    function test_Deploy_RevertWhen_FeedHasNoCode() public {
        _c.feed = stranger;
        _expectRefusal("price.feed", "has no code on this chain");
    }

    function test_Deploy_RevertWhen_FeedsAgeIsOutOfBounds() public {
        _c.feedAge = 1 minutes - 1;
        _expectRefusal("price.feed_maximum_age");
        _c.feedAge = 2 days + 1;
        _expectRefusal("price.feed_maximum_age");
    }

    // ------------------------------------------------------------------ membership

    function test_Deploy_RevertWhen_PredecessorHasNoCode() public {
        _c.predecessor = stranger;
        _expectRefusal("membership.predecessor", "has no code on this chain");
    }

    function test_Deploy_RevertWhen_AFeeIsOutOfBounds() public {
        _c.normalFee = 0;
        _expectRefusal("membership.normal_fee");
        _c.normalFee = NORMAL_FEE;
        _c.proFee = HIGHEST_FEE + 1;
        _expectRefusal("membership.pro_fee");
    }

    function test_Deploy_RevertWhen_SplitDoesNotAddUp() public {
        _c.stakingShare = STAKING_SHARE - 1;
        _expectRefusal("membership.reward_share, operation_share, staking_share", "add up to 9999, not 10000");
        _c.stakingShare = STAKING_SHARE + 1;
        _expectRefusal("membership.reward_share, operation_share, staking_share", "add up to 10001, not 10000");
    }

    function test_Deploy_RevertWhen_AShareWouldWrapRound() public {
        _c.rewardShare = 65_536 + REWARD_SHARE;
        _expectRefusal("membership.reward_share");
    }

    // ------------------------------------------------------------------ staking

    function test_Deploy_RevertWhen_CooldownIsTooLong() public {
        _c.cooldown = 14 days + 1;
        _expectRefusal("staking.cooldown");
    }

    function test_Deploy_RevertWhen_LevelsDoNotMatch() public {
        _c.levelTimes.pop();
        _expectRefusal("staking.level_times", "is not as long as staking.level_amounts");
    }

    function test_Deploy_RevertWhen_LevelsDoNotRise() public {
        _c.levelAmounts[1] = _c.levelAmounts[0];
        _expectRefusal("staking.level_amounts");
        _c.levelAmounts[0] = 0;
        _expectRefusal("staking.level_amounts");
    }

    function test_Deploy_RevertWhen_LevelTimesFall() public {
        _c.levelTimes[2] = _c.levelTimes[1] - 1;
        _expectRefusal("staking.level_times", "fall");
    }

    function test_Deploy_RevertWhen_ALevelWouldWrapRound() public {
        _c.levelAmounts[2] = uint256(type(uint128).max) + 1;
        _expectRefusal("staking.level_amounts");
        _c.levelAmounts[2] = LEVEL_3_AMOUNT;
        _c.levelTimes[2] = uint256(type(uint40).max) + 1;
        _expectRefusal("staking.level_times");
    }

    function test_Deploy_RevertWhen_ThereAreTooManyLevels() public {
        for (uint256 i = 3; i < 9; ++i) {
            _c.levelAmounts.push(_c.levelAmounts[i - 1] + 1);
            _c.levelTimes.push(_c.levelTimes[i - 1]);
        }
        _expectRefusal("staking.level_amounts (how many)");
    }

    // ------------------------------------------------------------------ pools

    function test_Deploy_RevertWhen_AnEpochIsOutOfBounds() public {
        _c.rewardEpoch = 1 hours - 1;
        _expectRefusal("reward_pool.epoch");
        _c.rewardEpoch = EPOCH;
        _c.operationEpoch = 366 days + 1;
        _expectRefusal("operation_pool.epoch");
        _c.operationEpoch = EPOCH;
        _c.stakingEpoch = 0;
        _expectRefusal("staking_pool.epoch");
    }

    function test_Deploy_RevertWhen_ChallengeIsOutOfBounds() public {
        _c.challenge = 1 hours - 1;
        _expectRefusal("reward_pool.challenge");
        _c.challenge = 14 days + 1;
        _expectRefusal("reward_pool.challenge");
    }

    function test_Deploy_RevertWhen_CapOrBudgetIsAboveItsMaximum() public {
        _c.epochCap = HIGHEST_EPOCH_CAP + 1;
        _expectRefusal("reward_pool.epoch_cap");
        _c.epochCap = EPOCH_CAP;
        _c.budgets[2] = HIGHEST_BUDGET + 1;
        _expectRefusal("operation_pool budgets");
    }

    function test_Deploy_RevertWhen_ReleaseShareIsOutOfBounds() public {
        _c.releaseShare = 10_001;
        _expectRefusal("staking_pool.release_share");
    }

    function test_Deploy_RevertWhen_RecipientsAreMissingOrTooMany() public {
        delete _c.recipients;
        _expectRefusal("staking_pool.recipients");
        for (uint160 i = 1; i <= 9; ++i) {
            _c.recipients.push(address(i));
        }
        _expectRefusal("staking_pool.recipients (how many, with Staking)");
    }

    function test_Deploy_RevertWhen_ARecipientIsZero() public {
        _c.recipients[1] = address(0);
        _expectRefusal("staking_pool.recipients", "holds the zero address");
    }

    function test_Deploy_RevertWhen_RecipientsSharesAreWrong() public {
        _c.recipientShares[0] -= 1;
        _expectRefusal("staking_pool.recipient_shares", "add up to 9999 with staking_pool.stakers_share, not 10000");
        _c.recipientShares[0] = 0;
        _expectRefusal("staking_pool.recipient_shares");
        _c.recipientShares.pop();
        _expectRefusal("staking_pool.recipient_shares", "is not as long as staking_pool.recipients");
    }

    function test_Deploy_RevertWhen_StakersShareIsWrong() public {
        _c.stakersShare = 10_001;
        _expectRefusal("staking_pool.stakers_share");
        _c.stakersShare = 1;
        _expectRefusal("staking_pool.recipient_shares", "add up to 10001 with staking_pool.stakers_share, not 10000");
        for (uint160 i = 1; i <= 5; ++i) {
            _c.recipients.push(address(i));
        }
        _expectRefusal("staking_pool.recipients (how many, with Staking)");
    }

    // ------------------------------------------------------------------ powers

    function test_Deploy_RevertWhen_ARoleHasNobody() public {
        delete _c.guardians;
        _expectRefusal("roles.guardian");
        _c.guardians = [guardian];
        delete _c.posters;
        _expectRefusal("roles.poster");
        _c.posters = [poster];
        delete _c.spenders;
        _expectRefusal("roles.spender");
        _c.spenders = [spender];
        delete _c.publishers;
        _expectRefusal("roles.publisher");
        _c.publishers = [publisher];
        delete _c.vetoers;
        _expectRefusal("roles.vetoer");
        _c.vetoers = [vetoer];
        delete _c.parameters;
        _expectRefusal("roles.parameters");
        _c.parameters = [configurer];
        delete _c.proposers;
        _expectRefusal("timelock.proposers");
        _c.proposers = [admin];
        delete _c.executors;
        _expectRefusal("timelock.executors");
    }

    /// @dev The timelock lets anybody execute when the zero address may.
    function test_Deploy_RevertWhen_ARoleHoldsTheZeroAddress() public {
        _c.executors = [admin, address(0)];
        _expectRefusal("timelock.executors", "holds the zero address");
        _c.posters = [address(0)];
        _expectRefusal("roles.poster", "holds the zero address");
    }

    function test_Deploy_RevertWhen_ADelayIsOutOfBounds() public {
        _c.parametersDelay = 1 days - 1;
        _expectRefusal("roles.parameters_delay");
        _c.parametersDelay = 30 days + 1;
        _expectRefusal("roles.parameters_delay");
        _c.parametersDelay = DELAY;
        _c.timelockDelay = 1 days - 1;
        _expectRefusal("timelock.delay");
        _c.timelockDelay = 30 days + 1;
        _expectRefusal("timelock.delay");
    }

    function test_Deploy_RevertWhen_ALateDelayIsOutOfBounds() public {
        _c.grantDelay = 1 days - 1;
        _expectRefusal("roles.grant_delay");
        _c.grantDelay = 30 days + 1;
        _expectRefusal("roles.grant_delay");
        _c.grantDelay = GRANT_DELAY;
        _c.targetDelay = 1 days - 1;
        _expectRefusal("timelock.target_delay");
        _c.targetDelay = 30 days + 1;
        _expectRefusal("timelock.target_delay");
    }

    function test_Deploy_RevertWhen_AVetoerWouldVetoThemselves() public {
        _c.publishers = [publisher, vetoer];
        _expectRefusal(
            "roles.publisher",
            string.concat("holds ", vm.toString(vetoer), ", which is also in roles.vetoer: nobody would veto")
        );
        _c.publishers = [publisher];
        _c.parameters = [vetoer];
        _expectRefusal(
            "roles.parameters",
            string.concat("holds ", vm.toString(vetoer), ", which is also in roles.vetoer: nobody would cancel")
        );
    }

    function test_Deploy_RevertWhen_SomebodyIsNamedTwice() public {
        _c.guardians = [guardian, stranger, guardian];
        _expectRefusal("roles.guardian", string.concat("names ", vm.toString(guardian), " twice"));
    }

    function test_Deploy_RevertWhen_TheDeployerIsToHoldAnything() public {
        _c.guardians = [DEFAULT_SENDER];
        _expectRefusal("roles.guardian");
        _c.guardians = [guardian];
        _c.posters = [poster, DEFAULT_SENDER];
        _expectRefusal("roles.poster");
        _c.posters = [poster];
        _c.spenders = [DEFAULT_SENDER];
        _expectRefusal("roles.spender");
        _c.spenders = [spender];
        _c.publishers = [DEFAULT_SENDER];
        _expectRefusal("roles.publisher");
        _c.publishers = [publisher];
        _c.vetoers = [DEFAULT_SENDER];
        _expectRefusal("roles.vetoer");
        _c.vetoers = [vetoer];
        _c.parameters = [DEFAULT_SENDER];
        _expectRefusal("roles.parameters");
        _c.parameters = [configurer];
        _c.proposers = [DEFAULT_SENDER];
        _expectRefusal("timelock.proposers");
        _c.proposers = [admin];
        _c.executors = [DEFAULT_SENDER];
        _expectRefusal("timelock.executors");
    }

    /// @dev A key that delegates (EIP-7702) has code and is still one key.
    function test_Deploy_RevertWhen_MainnetIsInTheHandsOfOneKey() public {
        vm.chainId(56);
        _c.chainId = 56;
        _expectRefusal(
            "timelock.proposers",
            string.concat(vm.toString(admin), " is the account of a single key: on mainnet it must be a multisig")
        );
        vm.etch(admin, abi.encodePacked(hex"ef0100", stranger));
        _expectRefusal("timelock.proposers");
        vm.etch(admin, hex"60806040");
        _c.executors = [stranger];
        _expectRefusal("timelock.executors");
        _c.executors = [admin];
        _script.deploy(_c);
    }

    // ------------------------------------------------------------------ helpers

    function _invalid(string memory key, string memory problem) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Configurations.ConfigurationInvalid.selector, key, problem);
    }

    function _expectRefusal(string memory key, string memory problem) private {
        vm.expectRevert(_invalid(key, problem));
        _script.deploy(_c);
    }

    /// @dev Refused for this key, in whatever words.
    function _expectRefusal(string memory key) private {
        (bool success, bytes memory reason) = address(_script).call(abi.encodeCall(Deploy.deploy, (_c)));
        assertFalse(success, string.concat("accepted: ", key));
        assertEq(bytes4(reason), Configurations.ConfigurationInvalid.selector, "error");
        assertEq(this.keyOf(reason), key, "key that is named");
    }

    function keyOf(bytes calldata reason) external pure returns (string memory key) {
        (key,) = abi.decode(reason[4:], (string, string));
    }
}

contract SixDecimals {
    uint8 public constant decimals = 6;
}
