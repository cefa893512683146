// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Membership} from "../../contracts/Membership.sol";
import {IMembership} from "../../contracts/interfaces/IMembership.sol";
import {IReferencePrice} from "../../contracts/interfaces/IReferencePrice.sol";
import {Allows} from "./Allows.sol";

/// @dev Moves nothing and says that everything arrived: the worst that a token can do to the rules below is to let every
/// payment through.
contract Generous {
    mapping(address account => uint256) public balanceOf;

    function transferFrom(address, address to, uint256 amount) external returns (bool) {
        unchecked {
            balanceOf[to] += amount;
        }
        return true;
    }

    function permit(address, address, uint256, uint256, uint8, bytes32, bytes32) external pure {}
}

contract FixedPrice {
    function currentPrice() external pure returns (uint256) {
        return 1e18;
    }

    function outageAfter(uint40) external pure returns (uint40) {
        return 0;
    }
}

/// @dev A payer whose signature anybody can make up.
contract SignsAnything is IERC1271 {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return IERC1271.isValidSignature.selector;
    }
}

/// @dev The rules against replay, of the real contract: for every order and mandate, at every time, whatever was stored.
contract MembershipCheck is Test {
    uint40 private constant START = 1_800_000_000;
    // Two charges of a mandate are this far apart.
    uint40 private constant APART = 27 days;
    // Where `_accounts.current` and `_mandates` lie: snapshots/layout/Membership.json.
    uint256 private constant CURRENT_SLOT = 4;
    uint256 private constant MANDATES_SLOT = 7;

    Membership private _membership;
    address private _payer;

    function setUp() external {
        vm.warp(START);
        _payer = address(new SignsAnything());
        _membership = new Membership(
            address(new Allows()),
            IERC20(address(new Generous())),
            IReferencePrice(address(new FixedPrice())),
            IMembership(address(0)),
            Membership.Pools(address(0xa), address(0xb), address(0xc)),
            Membership.Terms(10e18, 30e18, 3000, 5000, 2000)
        );
    }

    // ------------------------------------------------------------------ orders

    function check_Order_ThatIsTaken_UsesItsNonce(IMembership.Order memory order) external {
        (order.payer, order.periods) = (_payer, 1);
        if (_take(order)) assertTrue(_membership.isNonceUsed(_payer, order.nonce), "nonce used");
    }

    function check_Order_WhoseNonceIsUsed_IsRefused(IMembership.Order memory order) external {
        order.payer = _payer;
        vm.prank(_payer);
        _membership.cancel(order.nonce);
        assertFalse(_take(order), "taken");
    }

    function check_Nonce_OnceUsed_StaysUsed(uint256 nonce, uint256 other, address account) external {
        vm.prank(_payer);
        _membership.cancel(nonce);
        vm.prank(account);
        (bool success,) = address(_membership).call(abi.encodeCall(IMembership.cancel, (other)));
        if (account == _payer && other == nonce) assertFalse(success, "cancelled twice");
        assertTrue(_membership.isNonceUsed(_payer, nonce), "nonce used");
    }

    // ------------------------------------------------------------------ mandates

    /// @dev From any state of the mandate and of the beneficiary.
    function check_Renew_ChargesWithinPeriodsAndFarApart(
        IMembership.Mandate memory mandate,
        uint40 chargedAt,
        uint16 charged,
        bool ended,
        uint40 end,
        uint40 time
    ) external {
        mandate.payer = _payer;
        mandate.beneficiary = _payer;
        _assumeMandate(mandate, chargedAt, charged, ended);
        vm.assume(charged == 0 || (chargedAt <= time && chargedAt >= START));
        vm.assume(START <= end && end < START + 400 days && START <= time && time < START + 400 days);
        _assumeMember(_payer, mandate.tier, end);

        vm.warp(time);
        (bool success,) = address(_membership).call(abi.encodeCall(IMembership.renew, (mandate)));
        IMembership.MandateState memory state = _membership.mandateOf(_payer, mandate.nonce);
        if (success) {
            assertFalse(ended, "ended");
            assertLt(charged, mandate.periods, "charged before");
            assertEq(state.charged, charged + 1, "charged");
            assertEq(state.chargedAt, time, "charged at");
            if (charged != 0) assertGe(time, chargedAt + APART, "time between two charges");
            assertLe(time, mandate.expiry, "time");
        } else {
            assertEq(state.charged, charged, "charged");
        }
    }

    function check_Open_Twice_IsRefused(
        IMembership.Mandate memory mandate,
        IMembership.Mandate memory again,
        uint40 chargedAt,
        uint16 charged,
        bool ended
    ) external {
        (mandate.payer, again.payer, again.nonce) = (_payer, _payer, mandate.nonce);
        _assumeMandate(mandate, chargedAt, charged, ended);
        (bool success,) = address(_membership).call(abi.encodeCall(IMembership.openMandate, (again, "")));
        assertFalse(success, "opened");
    }

    function check_Open_AfterACancellation_IsRefused(IMembership.Mandate memory mandate) external {
        mandate.payer = _payer;
        vm.prank(_payer);
        _membership.cancel(mandate.nonce);
        (bool success,) = address(_membership).call(abi.encodeCall(IMembership.openMandate, (mandate, "")));
        assertFalse(success, "opened");
    }

    function check_Cancel_EndsAMandate(
        IMembership.Mandate memory mandate,
        uint40 chargedAt,
        uint16 charged,
        uint40 end,
        uint40 time
    ) external {
        (mandate.payer, mandate.beneficiary) = (_payer, _payer);
        _assumeMandate(mandate, chargedAt, charged, false);
        vm.assume(START <= end && end < START + 400 days && START <= time && time < START + 400 days);
        _assumeMember(_payer, mandate.tier, end);
        vm.prank(_payer);
        _membership.cancel(mandate.nonce);
        vm.warp(time);
        (bool success,) = address(_membership).call(abi.encodeCall(IMembership.renew, (mandate)));
        assertFalse(success, "renewed");
    }

    // ------------------------------------------------------------------ helpers

    function _take(IMembership.Order memory order) private returns (bool success) {
        (success,) = address(_membership).call(abi.encodeCall(IMembership.payBySignature, (order, "")));
    }

    /// @dev Puts an open mandate into storage, charged as said.
    function _assumeMandate(IMembership.Mandate memory mandate, uint40 chargedAt, uint16 charged, bool ended) private {
        vm.assume(mandate.tier != IMembership.Tier.Light);
        bytes20 fingerprint = bytes20(_membership.hashMandate(mandate));
        vm.assume(fingerprint != 0);
        uint256 word = uint160(fingerprint) | uint256(chargedAt) << 160 | uint256(charged) << 200;
        if (ended) word |= 1 << 216;
        bytes32 slot = keccak256(abi.encode(mandate.nonce, keccak256(abi.encode(mandate.payer, MANDATES_SLOT))));
        vm.store(address(_membership), slot, bytes32(word));

        IMembership.MandateState memory state = _membership.mandateOf(mandate.payer, mandate.nonce);
        assertEq(state.fingerprint, fingerprint, "fingerprint");
        assertEq(state.charged, charged, "charged");
        assertEq(state.chargedAt, chargedAt, "charged at");
        assertEq(state.ended, ended, "ended");
    }

    /// @dev Puts a running membership into storage.
    function _assumeMember(address account, IMembership.Tier tier, uint40 end) private {
        uint40 start = end - 30 days;
        uint256 word = uint256(tier) | uint256(start) << 8 | uint256(start) << 48 | uint256(end) << 88;
        vm.store(address(_membership), keccak256(abi.encode(account, CURRENT_SLOT)), bytes32(word));
        assertEq(_membership.membershipOf(account).end, end, "end");
    }
}
